/** The parts of `fetch` that the client uses: the global one has them, and so has `unixFetch`. */
export type Fetch = (url: string, request: FetchRequest) => Promise<FetchResponse>

/** A request. */
export interface FetchRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer> | Blob
  readonly signal?: AbortSignal
}

/** An answer, whose body is read once: as text, or piece by piece. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
  readonly body: { getReader(): PieceReader } | null
}

/** Reads a body piece by piece. */
export interface PieceReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(): Promise<void>
}
