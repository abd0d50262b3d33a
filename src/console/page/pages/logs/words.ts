const en = {
  title: 'Logs',
  about:
    'What the process that answers writes, from its last 1,000 lines on. Behind a balancer that is one of several.',
  level: 'Level',
  atLeast: 'Level, at least',
  contains: 'Contains',
  pause: 'Pause',
  goOn: 'Go on',
  empty: 'Nothing that fits was written yet. New lines come by themselves.',
  missed: (lines: number) => `${lines} lines came too quickly, and were left out.`,
  away: 'The service does not answer. The lines go on by themselves when it does.',
  time: 'Time',
  message: 'Message',
  details: 'Details',
  toRun: 'To the run',
}

export const logWords: { en: typeof en; zh: typeof en } = {
  en,
  zh: {
    title: '日志',
    about: '显示应答此页面的进程所写的日志，从最近的 1,000 行开始。如有负载均衡，它只是多个进程中的一个。',
    level: '级别',
    atLeast: '最低级别',
    contains: '包含',
    pause: '暂停',
    goOn: '继续',
    empty: '还没有符合条件的日志。新的日志会自动出现。',
    missed: lines => `日志过快，有 ${lines} 行未显示。`,
    away: '服务没有应答。恢复后日志会自动继续。',
    time: '时间',
    message: '消息',
    details: '详情',
    toRun: '查看运行',
  },
}
