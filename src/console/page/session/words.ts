const en = {
  title: 'Sign in',
  key: 'Key',
  hint: 'A key of this service, as its first start has printed it or as /v1/keys has made it. It stays in this field: the browser keeps a session, not the key.',
  signIn: 'Sign in',
  ended: 'Your session has ended. Sign in again.',
}

export const signInWords: { en: typeof en; zh: typeof en } = {
  en,
  zh: {
    title: '登录',
    key: '密钥',
    hint: '本服务的密钥：首次启动时打印的，或由 /v1/keys 创建的。密钥不会被保存，浏览器只保留会话。',
    signIn: '登录',
    ended: '会话已结束，请重新登录。',
  },
}
