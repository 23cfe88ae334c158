import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Elements count as seen a little before they are, so that they are up to date when they come into view. */
const MARGIN = '200px'

const listeners = new WeakMap<Element, (isSeen: boolean) => void>()

/** One observer for all elements: each has a cost of its own. */
const observer = new IntersectionObserver(
  (changes) => {
    for (const { target, isIntersecting } of changes) listeners.get(target)?.(isIntersecting)
  },
  { rootMargin: MARGIN },
)

/** Whether an element is in the window, or near it. Intersection Observer §3. */
export function useSeen(place: RefObject<Element | null>): boolean {
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    const element = place.current
    if (element === null) return undefined
    listeners.set(element, setSeen)
    observer.observe(element)
    return () => observer.unobserve(element)
  }, [place])
  return isSeen
}
