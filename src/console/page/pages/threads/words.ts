const en = {
  title: 'Threads',
  thread: 'Thread',
  created: 'Made',
  updated: 'Changed',
  expires: 'Expires',
  metadata: 'Metadata',
  empty: 'There is no thread yet. Runs with a thread_id, the playground and OpenAI’s conversations make them.',
  messages: 'Messages',
  noMessages: 'Nothing was said yet.',
  runs: 'Runs',
  summary: 'What was said so far, in short',
  remove: 'Delete',
  removeText: 'The thread goes with its messages. Its runs stay.',
}

export const threadWords: { en: typeof en; zh: typeof en } = {
  en,
  zh: {
    title: '会话',
    thread: '会话',
    created: '创建',
    updated: '更新',
    expires: '到期',
    metadata: '元数据',
    empty: '还没有会话。带 thread_id 的运行、「试用」页面以及 OpenAI 的 conversation 会创建会话。',
    messages: '消息',
    noMessages: '还没有消息。',
    runs: '运行',
    summary: '此前内容摘要',
    remove: '删除',
    removeText: '会话及其消息将被删除，相关运行会保留。',
  },
}
