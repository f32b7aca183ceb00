package io.baton.jdbc.pgjdbc;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What tells one secret from another, for as long as this JVM lives: a digest with a key that is
 * drawn at random. The secret itself need not be kept, and cannot be found out by trial without the
 * key.
 */
final class SecretPrint {

  private static final int KEY_BYTES = 32;
  private static final byte[] KEY = key();

  private static byte[] key() {
    byte[] drawn = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(drawn);
    return drawn;
  }

  private final byte[] digest;

  private SecretPrint(byte[] digest) {
    this.digest = digest;
  }

  static SecretPrint of(String secret) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(KEY);
      return new SecretPrint(digest.digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // Every Java platform has it.
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SecretPrint print && Arrays.equals(digest, print.digest);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(digest);
  }

  @Override
  public String toString() {
    return "secret";
  }
}
