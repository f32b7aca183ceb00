package io.baton.routing.source;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.ArrayBlockingQueue;
import org.junit.jupiter.api.Test;

/** What is said of a request without an answer. */
class PatroniRequestTest {

  private static PatroniRequest request(String address) {
    return new PatroniRequest(URI.create(address), 0, 1000, new ArrayBlockingQueue<>(9));
  }

  @Test
  void requestThatIsCancelledWhileItIsUnderWay_saysSo() {
    PatroniRequest request = request("http://localhost:1/cluster");
    request.cancel();

    assertThatThrownBy(request::text)
        .isInstanceOf(IOException.class)
        .hasMessage("http://localhost:1/cluster does not answer: the request was cancelled");
  }

  @Test
  void failure_isNamedByItsMessage() {
    PatroniRequest request = request("http://localhost:1/cluster");
    request.run();

    assertThatThrownBy(request::text)
        .hasMessage("http://localhost:1/cluster does not answer: Connection refused");
  }
}
