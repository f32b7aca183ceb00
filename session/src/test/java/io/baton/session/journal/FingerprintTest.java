package io.baton.session.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FingerprintTest {

  private static Fingerprint of(@Nullable String... values) {
    Fingerprint fingerprint = new Fingerprint();
    for (String value : values) {
      fingerprint.add(value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }
    return fingerprint;
  }

  @Test
  void sameValues_match() {
    assertThat(
            of("a", null, "", "a longer value than one word")
                .matches(of("a", null, "", "a longer value than one word")))
        .isTrue();
  }

  @Test
  void anythingElse_doesNotMatch() {
    assertThat(of("a", "b").matches(of("b", "a"))).as("order").isFalse();
    assertThat(of("ab", "c").matches(of("a", "bc"))).as("where values end").isFalse();
    assertThat(of("12345678", "9").matches(of("123456789"))).as("where words end").isFalse();
    assertThat(of("").matches(of((String) null))).as("null").isFalse();
    assertThat(of("").matches(of())).as("nothing").isFalse();
    assertThat(of("a", "").matches(of("a"))).as("one more").isFalse();
    assertThat(of("\0").matches(of("\0\0"))).as("zero bytes").isFalse();
    assertThat(of((String) null, null).matches(of((String) null))).as("nulls").isFalse();
  }

  @Test
  void everySingleBit_counts() {
    Random random = new Random(42);
    for (int length = 1; length <= 40; length++) {
      byte[] value = new byte[length];
      random.nextBytes(value);
      Fingerprint before = new Fingerprint();
      before.add(value);
      for (int bit = 0; bit < length * 8; bit++) {
        value[bit / 8] ^= (byte) (1 << bit % 8);
        Fingerprint after = new Fingerprint();
        after.add(value);
        assertThat(after.matches(before)).isFalse();
        value[bit / 8] ^= (byte) (1 << bit % 8);
      }
    }
  }

  @Test
  void manySequences_haveFingerprintsOfTheirOwn() {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      for (int j = 0; j < 300; j++) {
        assertThat(seen.add(of("" + i, "" + j).toString())).isTrue();
      }
    }
  }
}
