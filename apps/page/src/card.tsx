import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

/** A part of the page with a heading; screen readers list it as a region. */
export function Card(props: {
  readonly id: string
  readonly title: string
  /** Beside the heading. */
  readonly aside?: ComponentChildren
  readonly children: ComponentChildren
}) {
  const { id, title, aside, children } = props
  return (
    <section class={`card card-${id}`} aria-labelledby={`${id}-title`}>
      <div class="card-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

/** A list that has nothing to show: it says what to do. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>
}

/** The table behind a picture. */
export function TableBehind(props: {
  readonly caption: string
  readonly head: readonly string[]
  /** How many rows the table has. */
  readonly count: number
  /** Makes them, once the table is open: rows that nobody looks at cost nothing. */
  readonly rows: () => readonly (readonly ComponentChildren[])[]
}) {
  const { caption, head, count, rows } = props
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="behind" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {caption} as a table <span class="count">{count}</span>
      </summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${caption}, table`}>
        <table>
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              {head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(isOpen ? rows() : []).map((cells, row) => (
              <tr key={row}>
                {cells.map((cell, column) => (
                  <td key={column}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
