import { useState } from 'preact/hooks'

/** Copies a text, and says so. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [said, say] = useState('')
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => say('copied'),
      () => say('the browser refused'),
    )
  }
  return (
    <span class="copy">
      <button type="button" class="quiet" onClick={copy}>
        Copy {what}
      </button>
      <span role="status" class="dim">
        {said}
      </span>
    </span>
  )
}
