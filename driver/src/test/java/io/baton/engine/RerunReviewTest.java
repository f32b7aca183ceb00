package io.baton.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What an application is told of a call that is not run again. */
class RerunReviewTest {

  private static String reason(@Nullable String aborted) {
    BackendLoss loss =
        new BackendLoss(
            LossCause.UNSEEN,
            new SQLException("An I/O error occurred", "08006"),
            aborted,
            new Endpoint("left", 5432),
            null,
            0,
            false);
    return new RerunReview(loss, true).reason();
  }

  @Test
  void connectionThatBatonClosed_isNotPutDownToTheNetwork() {
    assertThat(reason("down: no answer"))
        .isEqualTo(
            "Its connection ended each time that it ran; the last one to left:5432 was closed by"
                + " Baton: down: no answer");
    assertThat(reason(null))
        .isEqualTo("Its connection broke each time that it ran: An I/O error occurred");
  }
}
