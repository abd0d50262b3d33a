const en = {
  title: 'Backups',
  name: 'File',
  size: 'Size',
  made: 'Made',
  make: 'Make one now',
  asked: 'It is being made, and comes here when it is done.',
  empty: 'There is no backup yet. Make one here, or have them made by BACKUP_SCHEDULE.',
  download: 'Download',
  remove: 'Delete',
  removeText: 'The file is deleted where it is kept.',
  restore: 'To restore one',
  restoreText: 'Stop the service, or take an empty place; then, with the same settings:',
}

export const backupWords: { en: typeof en; zh: typeof en } = {
  en,
  zh: {
    title: '备份',
    name: '文件',
    size: '大小',
    made: '时间',
    make: '立即备份',
    asked: '正在备份，完成后会出现在这里。',
    empty: '还没有备份。可在此立即备份，或用 BACKUP_SCHEDULE 定时备份。',
    download: '下载',
    remove: '删除',
    removeText: '将从存放位置删除该文件。',
    restore: '如何恢复',
    restoreText: '停止服务（或使用一个空的位置），然后以相同的配置执行：',
  },
}
