package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.Topology;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EndpointListerTest {

  private static final List<Endpoint> ENDPOINTS = List.of(new Endpoint("a", 5432));

  /** Fails in ways that nobody expects, and then answers. */
  private static final class Source implements EndpointSource {

    private final AtomicInteger asked = new AtomicInteger();

    @Override
    public String description() {
      return "a source";
    }

    @Override
    public EndpointListing list(Topology known) {
      return switch (asked.getAndIncrement()) {
        case 0 -> throw new StackOverflowError();
        case 1 -> throw new NoClassDefFoundError("a class");
        default -> EndpointListing.of(ENDPOINTS);
      };
    }

    @Override
    public void close() {}
  }

  private static final class Surroundings implements EndpointLister.Surroundings {

    private final CountDownLatch listed = new CountDownLatch(2);

    @Override
    public void listed(EndpointListing listing, long askedAt) {
      listed.countDown();
    }

    @Override
    public void failed(Exception failure) {}

    /** As a lease did whose time could not be measured in nanoseconds. */
    @Override
    public void checkLease() {
      if (listed.getCount() > 0) {
        throw new ArithmeticException("long overflow");
      }
    }

    @Override
    public Topology topology() {
      return Topology.unprobed(
          ENDPOINTS.stream().map(ListedEndpoint::of).toList(),
          Topology.Listing.OF_THE_URL,
          Instant.EPOCH);
    }

    @Override
    public boolean isUrgent() {
      return false;
    }
  }

  @Test
  void failureThatNobodyExpected_doesNotEndIt() throws InterruptedException {
    Surroundings surroundings = new Surroundings();
    EndpointLister lister =
        new EndpointLister(new Source(), Duration.ofMillis(10), surroundings, Environment.system());
    lister.start();
    try {
      assertThat(surroundings.listed.await(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      lister.stop();
    }
  }

  /** Without its first answer, what it protects from is not protected from: it is asked again. */
  @Test
  void sourceThatHasNeverAnswered_isAskedAgainSoon() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    Surroundings surroundings = new Surroundings();
    EndpointSource late =
        new EndpointSource() {
          @Override
          public String description() {
            return "a late source";
          }

          @Override
          public EndpointListing list(Topology known) throws IOException {
            if (asked.incrementAndGet() < 4) {
              throw new IOException("not yet");
            }
            surroundings.listed.countDown();
            return EndpointListing.of(ENDPOINTS);
          }

          @Override
          public void close() {}
        };
    EndpointLister lister =
        new EndpointLister(late, Duration.ofHours(1), surroundings, Environment.system());
    lister.start();
    try {
      assertThat(surroundings.listed.await(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      lister.stop();
    }
  }
}
