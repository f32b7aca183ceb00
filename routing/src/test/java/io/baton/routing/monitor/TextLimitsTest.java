package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextLimitsTest {

  @Test
  void server_givesUpALockBeforeTheClient_andTheTextSoonAfterIt() {
    assertThat(TextLimits.of(1000))
        .isEqualTo("SET LOCAL statement_timeout = 1024; SET LOCAL lock_timeout = 100; ");
    assertThat(TextLimits.of(1025))
        .isEqualTo("SET LOCAL statement_timeout = 2048; SET LOCAL lock_timeout = 100; ");
    assertThat(TextLimits.of(100))
        .isEqualTo("SET LOCAL statement_timeout = 128; SET LOCAL lock_timeout = 50; ");
  }

  @Test
  void server_thatIsAskedForAsLongAsItTakes_givesUpLocksOnly() {
    assertThat(TextLimits.of(0))
        .isEqualTo("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 100; ");
  }
}
