package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.routing.monitor.OpeningQuery.Opening;
import io.baton.routing.monitor.OpeningQuery.Openings;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class OpeningQueryTest {

  private static final Opening FROM_ONE = new Opening(new UUID(0, 1), 11);
  private static final Opening AGAIN_FROM_ONE = new Opening(new UUID(0, 2), 11);
  private static final Opening FROM_TWO = new Opening(new UUID(0, 3), 22);

  private static Openings openings(Opening... openings) {
    return new Openings(99, List.of(openings));
  }

  @Test
  void newest_ofAClusterThatIsKnown_isItsOwn() throws SQLException {
    assertThat(openings(FROM_ONE, AGAIN_FROM_ONE, FROM_TWO).newest(11L)).isEqualTo(AGAIN_FROM_ONE);
  }

  @Test
  void newest_ofAnotherCluster_provesNothing() {
    assertThatThrownBy(() -> openings(FROM_TWO).newest(11L))
        .hasMessage("no cut over from the cluster with the system identifier 11 has opened");
  }

  @Test
  void newest_ofAClusterThatIsNotKnown_isThatOfTheOnlyOne() throws SQLException {
    assertThat(openings(FROM_ONE, AGAIN_FROM_ONE).newest(null)).isEqualTo(AGAIN_FROM_ONE);
  }

  @Test
  void newest_ofAClusterThatIsNotKnown_isNotGuessed() {
    assertThatThrownBy(() -> openings(FROM_ONE, FROM_TWO).newest(null))
        .hasMessageStartingWith("cut overs from several clusters have opened");
    assertThatThrownBy(() -> openings().newest(null))
        .hasMessage("no cut over to this database has opened");
  }

  @Test
  void oneThatWasUnderWay_isFoundByItsId_andByNothingElse() throws SQLException {
    assertThat(openings(FROM_ONE, FROM_TWO).of(FROM_ONE.id())).isEqualTo(FROM_ONE);
    assertThatThrownBy(() -> openings(FROM_ONE).of(FROM_TWO.id())).isInstanceOf(SQLException.class);
  }
}
