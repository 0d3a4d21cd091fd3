/** The three functions of libsodium that `seal.ts` uses; the package has no types of its own. */
declare module 'sodium-native' {
  const sodium: {
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES: number
    crypto_aead_xchacha20poly1305_ietf_ABYTES: number
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      out: Buffer,
      message: Buffer,
      additional: Buffer | null,
      secretNonce: null,
      nonce: Buffer,
      key: Buffer,
    ): number
    /** Throws where the tag does not fit. */
    crypto_aead_xchacha20poly1305_ietf_decrypt(
      out: Buffer,
      secretNonce: null,
      sealed: Buffer,
      additional: Buffer | null,
      nonce: Buffer,
      key: Buffer,
    ): number
  }
  export default sodium
}
