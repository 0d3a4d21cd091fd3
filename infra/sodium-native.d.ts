/** The functions of libsodium that `seal.ts` and `backup/` use; the package has no types of its own. */
declare module 'sodium-native' {
  const sodium: {
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES: number
    crypto_aead_xchacha20poly1305_ietf_ABYTES: number
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      out: Uint8Array,
      message: Uint8Array,
      additional: Buffer | null,
      secretNonce: null,
      nonce: Uint8Array,
      key: Buffer,
    ): number
    /** Throws where the tag does not fit. */
    crypto_aead_xchacha20poly1305_ietf_decrypt(
      out: Uint8Array,
      secretNonce: null,
      sealed: Buffer,
      additional: Buffer | null,
      nonce: Uint8Array,
      key: Buffer,
    ): number
    crypto_pwhash_SALTBYTES: number
    crypto_pwhash_OPSLIMIT_MODERATE: number
    crypto_pwhash_MEMLIMIT_MODERATE: number
    crypto_pwhash_ALG_ARGON2ID13: number
    crypto_pwhash(
      out: Buffer,
      password: Buffer,
      salt: Buffer,
      operations: number,
      bytes: number,
      algorithm: number,
    ): void
    crypto_secretstream_xchacha20poly1305_STATEBYTES: number
    crypto_secretstream_xchacha20poly1305_HEADERBYTES: number
    crypto_secretstream_xchacha20poly1305_ABYTES: number
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: number
    crypto_secretstream_xchacha20poly1305_TAG_FINAL: number
    crypto_secretstream_xchacha20poly1305_init_push(state: Buffer, header: Buffer, key: Buffer): void
    crypto_secretstream_xchacha20poly1305_init_pull(state: Buffer, header: Buffer, key: Buffer): void
    crypto_secretstream_xchacha20poly1305_push(
      state: Buffer,
      sealed: Buffer,
      message: Buffer,
      additional: Buffer | null,
      tag: number,
    ): number
    /** Throws where the message was altered, or is not the next one. */
    crypto_secretstream_xchacha20poly1305_pull(
      state: Buffer,
      message: Buffer,
      tag: Buffer,
      sealed: Buffer,
      additional: Buffer | null,
    ): number
  }
  export default sodium
}
