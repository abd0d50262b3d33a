import { type AnyElysia, Elysia } from 'elysia'
export const docsRoutes = (_root: () => AnyElysia, _version: string) => new Elysia({ name: 'docs' })
