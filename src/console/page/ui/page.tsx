import { type ReactNode, useEffect } from 'react'

interface Props {
  title: string
  /** Buttons beside it. */
  actions?: ReactNode
  children: ReactNode
}

/** A page of the console under its title, which the window has, too. */
export function Page({ title, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Bunkhouse`
  }, [title])
  return (
    <>
      <header className="page-head">
        <h1>{title}</h1>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </>
  )
}

export const Card = ({ title, children }: { title?: string; children: ReactNode }) => (
  <section className="card">
    {title && <h2>{title}</h2>}
    {children}
  </section>
)

/** Names with values. */
export const Facts = ({ of }: { of: [name: string, value: ReactNode][] }) => (
  <dl className="facts">
    {of.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)
