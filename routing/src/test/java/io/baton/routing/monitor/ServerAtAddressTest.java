package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.monitor.ServerAtAddress.Verdict;
import io.baton.routing.topology.ServerStatus;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Which of two connections to one address is believed. */
class ServerAtAddressTest {

  private static final ServerStatus FORMER = server(1, true);
  private static final ServerStatus NEW = server(2, false);

  private final ServerAtAddress server = new ServerAtAddress();

  private static ServerStatus server(long startedAt, boolean standby) {
    return new ServerStatus(
        standby, 7, 1, null, null, false, null, Instant.ofEpochSecond(startedAt), 180_000);
  }

  @Test
  void otherServer_onANewerConnection_isNews_andTheOlderConnectionCountsNoMore() {
    assertThat(server.judge(1, FORMER)).isEqualTo(Verdict.KNOWN);
    assertThat(server.judge(5, NEW)).isEqualTo(Verdict.NEW);
    assertThat(server.judge(1, FORMER)).isEqualTo(Verdict.FORMER);
    assertThat(server.judge(9, NEW)).isEqualTo(Verdict.KNOWN);
  }

  @Test
  void connections_toOneServer_areAllBelieved_whicheverIsOlder() {
    assertThat(server.judge(5, FORMER)).isEqualTo(Verdict.KNOWN);
    assertThat(server.judge(1, FORMER)).isEqualTo(Verdict.KNOWN);
    assertThat(server.judge(1, server(1, false))).as("promoted").isEqualTo(Verdict.KNOWN);
  }

  @Test
  void newestConnection_thatShowsAnotherServer_isBelieved_asBehindAPooler() {
    assertThat(server.judge(1, FORMER)).isEqualTo(Verdict.KNOWN);
    assertThat(server.judge(1, NEW)).isEqualTo(Verdict.NEW);
  }

  @Test
  void answer_thatWasUnderWayOnTheOlderConnection_comesTooLate() {
    server.judge(5, NEW);
    assertThat(server.judge(1, FORMER)).isEqualTo(Verdict.FORMER);
    assertThat(server.judge(5, NEW)).isEqualTo(Verdict.KNOWN);
  }
}
