/** A statement that sets how long a transaction may take, on Postgres from 17 on: in this session, or only the present one. */
export const limitTransactions = (limit: string, { onlyThis = false } = {}): string =>
  `select set_config('transaction_timeout', '${limit}', ${onlyThis})
   where current_setting('server_version_num')::int >= 170000`
