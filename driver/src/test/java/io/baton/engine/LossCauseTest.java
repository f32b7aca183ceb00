package io.baton.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What the last words of a server say of the end of a connection. */
class LossCauseTest {

  @ParameterizedTest
  @CsvSource({
    "FATAL, 57P01, TERMINATED",
    "FATAL, 57P02, ENDED_WITH_ALL",
    "FATAL, 25P03, IDLE_TIMEOUT",
    "FATAL, 25P04, TRANSACTION_TIMEOUT",
    "PANIC, 53100, OF_THE_MACHINE",
    "PANIC, 53000, OF_THE_MACHINE",
    "PANIC, 58030, OF_THE_MACHINE",
    "FATAL, 53200, OF_THE_MACHINE",
    "PANIC, XX000, UNSEEN",
    "PANIC, XX001, UNSEEN",
  })
  void lastWordsOfTheServer_sayTheCause(String severity, String state, LossCause cause) {
    ServerErrorMessage said =
        new ServerErrorMessage("S%s\0C%s\0Mcould not write to file\0".formatted(severity, state));

    assertThat(LossCause.of(new PSQLException(said), false)).isEqualTo(cause);
    SQLException around = new SQLException("lost", "08006", new PSQLException(said));
    assertThat(LossCause.of(around, false)).isEqualTo(cause);
  }

  @Test
  void silence_saysNothing() {
    assertThat(LossCause.of(new SQLException("lost", "08006"), false)).isEqualTo(LossCause.UNSEEN);
  }

  @Test
  void noticeToAll_goesBeforeWhatTheCallEndsWith() {
    assertThat(LossCause.of(new SQLException("lost", "08006"), true))
        .isEqualTo(LossCause.ENDED_WITH_ALL);
  }
}
