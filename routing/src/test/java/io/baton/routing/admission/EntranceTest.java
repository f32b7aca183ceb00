package io.baton.routing.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.admission.Entrance.Place;
import io.github.resilience4j.ratelimiter.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The line in front of one server, on stepped time. */
class EntranceTest {

  private final AtomicLong clock = new AtomicLong();
  private final Entrance entrance =
      new Entrance(clock::get, config -> RateLimiter.of("logins", config, clock::get));
  private final List<Place> waiting = new ArrayList<>();

  private void passes(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  private List<Place> come(int count, int rank) {
    List<Place> come = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      come.add(entrance.join(rank));
    }
    waiting.addAll(come);
    return come;
  }

  /** Who is let in now, in this order. */
  private List<Place> letIn(double capacity) {
    List<Place> in = new ArrayList<>();
    for (boolean any = true; any; ) {
      any = false;
      for (Place place : List.copyOf(waiting)) {
        if (entrance.admits(place, capacity)) {
          waiting.remove(place);
          in.add(place);
          any = true;
        }
      }
    }
    return in;
  }

  private int letInWithin(Duration time, double capacity) {
    int count = 0;
    for (long end = clock.get() + time.toNanos(); clock.get() < end; ) {
      List<Place> in = letIn(capacity);
      in.forEach(entrance::failed);
      count += in.size();
      passes(Duration.ofMillis(5));
    }
    return count;
  }

  @Test
  void whileAllIsWell_everybodyGoesInAtOnce() {
    assertThat(come(200, 0)).containsExactlyElementsOf(letIn(Pace.UNLIMITED));
  }

  @Test
  void afterALoss_thoseWithTheLeastToRunAgainGoFirst_andElseWhoCameFirst() {
    entrance.pace().troubled(clock.get());
    List<Place> asked = come(2, Admission.LAST);
    List<Place> large = come(2, Admission.rank(1000));
    List<Place> none = come(2, Admission.rank(0));
    List<Place> small = come(3, Admission.rank(3));

    List<Place> first = letIn(Pace.UNLIMITED);
    assertThat(first).containsExactly(none.get(0), none.get(1), small.get(0), small.get(1));
    for (Place place : first) {
      entrance.failed(place);
    }
    assertThat(letIn(Pace.UNLIMITED))
        .containsExactly(small.get(2), large.get(0), large.get(1), asked.get(0));
  }

  @Test
  void oneWhoCannotWait_goesIn_andTheOthersKeepTheirPlaces() {
    entrance.pace().troubled(clock.get());
    List<Place> all = come(6, 0);
    letIn(Pace.UNLIMITED);
    waiting.remove(all.get(5));
    entrance.begin(all.get(5));
    entrance.failed(all.get(0));
    assertThat(letIn(Pace.UNLIMITED)).isEmpty(); // Five were in, and four are too many already.
    entrance.failed(all.get(1));
    assertThat(letIn(Pace.UNLIMITED)).containsExactly(all.get(4));
  }

  @Test
  void capacity_isTheNumberOfLoginsThatBeginInASecond() {
    come(1000, 0);
    assertThat(letInWithin(Duration.ofSeconds(10), 20)).isBetween(195, 205);
    assertThat(letInWithin(Duration.ofSeconds(10), 2)).isBetween(19, 22);
  }

  @Test
  void firstAfterAPause_needNotWait_whereFewAreLetIn() {
    come(1, 0);
    assertThat(letIn(0.5)).hasSize(1);
    come(1, 0);
    assertThat(letIn(0.5)).isEmpty();
    passes(Duration.ofSeconds(2));
    assertThat(letIn(0.5)).hasSize(1);
    passes(Duration.ofSeconds(60));
    come(2, 0);
    assertThat(letIn(0.5)).hasSize(1);
  }

  @Test
  void serverThatIsFull_isAskedSeldom_untilItHasRoom() {
    come(500, 0);
    entrance.pace().troubled(clock.get());
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      for (Place place : letIn(Pace.UNLIMITED)) {
        refused++;
        passes(Duration.ofMillis(2));
        entrance.refused(place);
      }
      passes(Duration.ofMillis(5));
    }
    assertThat(refused).isLessThan(30);

    int opened = 0;
    for (int i = 0; i < 6000; i++) {
      for (Place place : letIn(Pace.UNLIMITED)) {
        opened++;
        passes(Duration.ofMillis(2));
        entrance.opened(place);
      }
      passes(Duration.ofMillis(5));
    }
    assertThat(opened).isGreaterThan(400);
  }

  @Test
  void tokenThatWasReserved_isForWhoIsFirstWhenItIsDue() {
    come(1, 5);
    assertThat(letIn(1)).hasSize(1);
    Place large = come(1, 5).get(0);
    assertThat(letIn(1)).isEmpty();
    passes(Duration.ofMillis(900));
    Place small = come(1, 0).get(0);
    assertThat(letIn(1)).isEmpty();
    assertThat(entrance.nanosToWait(large)).isEqualTo(Long.MAX_VALUE);
    passes(Duration.ofNanos(entrance.nanosToWait(small)));
    assertThat(letIn(1)).containsExactly(small);
  }

  @Test
  void calls_goBehindWhatIsBroughtBack_andEachThatIsAnsweredMakesRoomForOneMore() {
    entrance.pace().troubled(clock.get());
    List<Place> calls = come(20, Admission.CALL);
    List<Place> large = come(2, Admission.rank(1000));

    List<Place> first = letIn(Pace.UNLIMITED);
    assertThat(first).containsExactly(large.get(0), large.get(1), calls.get(0), calls.get(1));
    first.subList(2, 4).forEach(entrance::answered);
    assertThat(letIn(Pace.UNLIMITED)).containsExactlyElementsOf(calls.subList(2, 6));
  }

  @Test
  void callThatLasts_keepsNobodyOut() {
    entrance.pace().troubled(clock.get());
    List<Place> calls = come(8, Admission.CALL);
    List<Place> reports = letIn(Pace.UNLIMITED);
    assertThat(reports).hasSize(4);
    passes(Entrance.LONGEST_CALL.minusMillis(1));
    assertThat(letIn(Pace.UNLIMITED)).isEmpty();

    passes(Duration.ofNanos(entrance.nanosToWait(calls.get(4))));
    assertThat(letIn(Pace.UNLIMITED)).containsExactlyElementsOf(calls.subList(4, 8));
    reports.forEach(entrance::answered);
    assertThat(entrance.underWay()).isEqualTo(4);
  }

  @Test
  void capacity_isOfLoginsAndCallsTogether() {
    come(50, Admission.rank(0));
    come(200, Admission.CALL);
    assertThat(letInWithin(Duration.ofSeconds(5), 20)).isBetween(95, 105);
  }
}
