/** The three functions of libsodium that `seal.ts` uses; the package has no types of its own. */
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
  }
  export default sodium
}
