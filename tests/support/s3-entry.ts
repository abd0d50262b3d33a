// bun s3-entry.ts FOLDER BUCKET: an S3 server on a free port, which it prints.
import S3rver from '@20minutes/s3rver'

const [directory = '', name = ''] = process.argv.slice(2)
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  directory,
  silent: true,
  // It reckons the path of a list, /bucket/, without its last slash. Unknown keys are refused all the same.
  allowMismatchedSignatures: true,
  configureBuckets: [{ name, configs: [] }],
})
const { port } = await server.run()
console.log(port)
