// What the service answered, for the API's description.

export const backupExample = {
  name: 'bunkhouse-20261124T030000.000Z-6c72841f.db',
  object: 'backup',
  bytes: 4_214_784,
  made_at: '2026-11-24T03:00:00.412Z',
}

export const backupStarted = { object: 'backup_job', job_id: 'job_01a20ac7640d7178935b43cbf4c72841' }
