import {
  type InfiniteData,
  keepPreviousData,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { type Answer, type ApiError, call, type Given, type OperationId } from './call.ts'

interface Options {
  /** Milliseconds between readings. */
  every?: number | undefined
  enabled?: boolean | undefined
}

const comeBackMs = 5_000

/** What the service could not answer is asked again by itself. */
const isAway = (error: ApiError | null): boolean => error !== null && (error.status === 0 || error.status >= 500)

/** What an operation answers, read again now and then while somebody looks. */
export const useApi = <Id extends OperationId>(
  id: Id,
  given: Given<Id>,
  { every, enabled = true }: Options = {},
): UseQueryResult<Answer<Id>, ApiError> =>
  useQuery<Answer<Id>, ApiError>({
    queryKey: [id, given],
    queryFn: ({ signal }) => call(id, given, { signal }),
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => every ?? (isAway(state.error) && comeBackMs),
  })

interface Page<Row> {
  data: Row[]
  has_more: boolean
  next_cursor: string | null
}

type ListId = { [Id in OperationId]: Answer<Id> extends Page<unknown> ? Id : never }[OperationId]
export type RowOf<Id extends ListId> = Answer<Id>['data'][number]
type PageOf<Id extends ListId> = Answer<Id> & Page<RowOf<Id>>

interface ListOptions extends Options {
  /** What the next page is asked for by. */
  pageBy?: 'cursor' | 'after'
}

/** A list, a page after the other. */
export function useList<Id extends ListId>(
  id: Id,
  given: Given<Id>,
  { every, enabled = true, pageBy = 'cursor' }: ListOptions = {},
) {
  const query = useInfiniteQuery<
    PageOf<Id>,
    ApiError,
    InfiniteData<PageOf<Id>>,
    readonly unknown[],
    string | undefined
  >({
    queryKey: [id, given, 'pages'],
    initialPageParam: undefined,
    queryFn: async ({ pageParam, signal }) => {
      const { query: asked = {} } = given as { query?: object }
      const paged = { ...given, query: { limit: 100, ...asked, ...(pageParam && { [pageBy]: pageParam }) } }
      const page: unknown = await call(id, paged as Given<Id>, { signal })
      return page as PageOf<Id> // as ListId says
    },
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    enabled,
    placeholderData: keepPreviousData,
    // The first page is what changes; what was read below it stays where it is.
    refetchInterval: ({ state }) => {
      if (isAway(state.error)) return every ?? comeBackMs
      return every !== undefined && (state.data?.pages.length ?? 0) <= 1 ? every : false
    },
  })
  return { ...query, rows: query.data?.pages.flatMap(({ data }) => data) ?? [] }
}

interface ActionOptions<Id extends OperationId, Shown extends OperationId> {
  onDone?: (answer: Answer<Id>) => void
  /** What is shown at once, and is put back where the service refuses. */
  assume?: { of: Shown; change: (shown: Answer<Shown>, given: Given<Id>) => Answer<Shown> }
}

type Kept = [key: readonly unknown[], shown: unknown][]

/** Something that is done; what has been read is read again afterwards. */
export function useAction<Id extends OperationId, Shown extends OperationId = Id>(
  id: Id,
  { onDone, assume }: ActionOptions<Id, Shown> = {},
) {
  const queries = useQueryClient()
  return useMutation<Answer<Id>, ApiError, Given<Id>, Kept>({
    mutationFn: given => call(id, given),
    onMutate: async given => {
      if (!assume) return []
      const of = { queryKey: [assume.of] }
      await queries.cancelQueries(of)
      const kept = queries.getQueriesData(of)
      queries.setQueriesData<Answer<Shown>>(of, shown => (shown === undefined ? shown : assume.change(shown, given)))
      return kept
    },
    onError: (_error, _given, kept = []) => {
      for (const [key, shown] of kept) queries.setQueryData(key, shown)
    },
    onSuccess: async answer => {
      onDone?.(answer)
      await queries.invalidateQueries()
    },
  })
}
