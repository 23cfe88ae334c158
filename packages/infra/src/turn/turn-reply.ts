import {
  type Attribute,
  AttributeType,
  encodeErrorCode,
  encodeMessage,
  encodeText,
  encodeUnknownAttributes,
  ErrorCode,
  type Message,
  MessageClass,
} from '@p2pd/stun'

/** The answer to a request, before it is encoded and signed. */
export type TurnReply =
  | { readonly type: 'success'; readonly attributes: readonly Attribute[] }
  | { readonly type: 'error'; readonly code: number; readonly attributes: readonly Attribute[] }

const SOFTWARE: Attribute = {
  type: AttributeType.Software,
  value: encodeText(AttributeType.Software, 'p2pd'),
}

/** Reason phrases, as the registry has them. RFC 8656 §19. */
const REASONS: ReadonlyMap<number, string> = new Map(
  Object.entries(ErrorCode).map(([name, code]) => [code, name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ')]),
)

export function success(...attributes: readonly Attribute[]): TurnReply {
  return { type: 'success', attributes }
}

export function refuse(code: number, ...attributes: readonly Attribute[]): TurnReply {
  return { type: 'error', code, attributes }
}

/** 420 with the types that are not understood. RFC 8489 §6.3.1. */
export function refuseUnknown(types: readonly number[]): TurnReply {
  const value = encodeUnknownAttributes(types)
  return refuse(ErrorCode.UnknownAttribute, { type: AttributeType.UnknownAttributes, value })
}

/** Encodes the response to a request, without integrity. RFC 8489 §6.3.1. */
export function encodeReply(request: Message, reply: TurnReply): Uint8Array {
  if (reply.type === 'success') {
    const attributes = [...reply.attributes, SOFTWARE]
    return encodeMessage({ ...request, class: MessageClass.SuccessResponse, attributes })
  }
  const { code } = reply
  const error = {
    type: AttributeType.ErrorCode,
    value: encodeErrorCode({ code, reason: REASONS.get(code) ?? '' }),
  }
  const attributes = [error, ...reply.attributes, SOFTWARE]
  return encodeMessage({ ...request, class: MessageClass.ErrorResponse, attributes })
}
