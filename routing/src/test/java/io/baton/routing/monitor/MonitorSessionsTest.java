package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MonitorSessionsTest {

  /** How much of a text a server keeps at first ({@code track_activity_query_size}). */
  private static final int KEPT = 1023;

  @Test
  void conditions_nameWhatAMonitorAsks_inThePartThatAServerKeeps() {
    assertThat(MonitorSessions.CONDITION).contains("'" + Question.FOR_THIS_TEXT.strip() + "%'");
    assertThat(MonitorSessions.ASKED_FOR_CUTOVER)
        .contains("'%AS standby)%'")
        .contains("'%baton.cutover%'");
    assertThat(StatusQuery.text()).startsWith(Question.FOR_THIS_TEXT);
    assertThat(StatusQuery.text().substring(0, KEPT)).contains(StatusQuery.MARK);
  }
}
