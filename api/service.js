// Vercel looks for functions before it builds: so this file is here, and takes in what scripts/vercel.ts makes.
import service from '../dist/vercel/service.js'

export default service
