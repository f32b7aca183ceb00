package io.baton.routing.admission;

import io.baton.routing.monitor.Backoff;
import io.baton.routing.monitor.StandbyWatch;
import io.github.resilience4j.ratelimiter.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The programs of a fleet, when their primary crashes and a standby is promoted a while later: what
 * they ask of it, and when their sessions are back. Each program has the real state machines
 * ({@code SecondLooks}, the pauses, {@link Entrance} and {@link Pace}); the server is a model.
 * Everything runs on stepped time, in one thread.
 */
final class FleetSimulation {

  /**
   * What is simulated.
   *
   * @param programs how many there are
   * @param sessions how many each of them has
   * @param admitted whether their logins pass the admission
   * @param patience after which a login that was not answered is given up, and begun anew
   */
  record Setting(int programs, int sessions, boolean admitted, Duration patience) {}

  /**
   * What came of it; times are counted from the promotion.
   *
   * @param queries questions in each slice
   * @param logins logins that began in each slice, those of monitors included
   * @param sideBySide the most logins that were under way at once
   * @param firstBack when half of the programs had a session again
   * @param halfBack when half of all sessions were back
   * @param allBack when all were; without end if they were not by the end of the simulation
   * @param givenUp how many logins were given up
   */
  record Outcome(
      List<Integer> queries,
      List<Integer> logins,
      int sideBySide,
      Duration firstBack,
      Duration halfBack,
      Duration allBack,
      int givenUp) {}

  static final Duration SLICE = Duration.ofMillis(500);
  static final Duration PROMOTION = Duration.ofSeconds(5);
  static final Duration LONGEST = Duration.ofSeconds(60);

  static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);

  private static final Duration STEP = Duration.ofMillis(1);
  private static final Duration STEP_OF_A_LARGE_FLEET = Duration.ofMillis(5);
  private static final int LARGE_FLEET = 1000;
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_IN_LINE = Duration.ofSeconds(30);

  private static final double PROCESSORS = 4;

  // Milliseconds of a processor, as measured: docs/decisions/0021 and 0023.
  private static final double LOGIN = 7;
  private static final double QUESTION_THAT_WAITS = 1.3;
  private static final double QUESTION = 0.5;

  private final Setting setting;
  private final Random random = new Random(17);
  private final AtomicLong clock = new AtomicLong();
  private final ModelServer server = new ModelServer(PROCESSORS);
  private final List<Program> programs = new ArrayList<>();
  private final int[] queries;
  private final int[] logins;
  private final List<Long> firsts = new ArrayList<>();
  private final List<Long> backs = new ArrayList<>();
  private int sideBySide;
  private int loginsUnderWay;
  private int givenUp;

  private FleetSimulation(Setting setting) {
    this.setting = setting;
    int slices = (int) (PROMOTION.plus(LONGEST).toNanos() / SLICE.toNanos());
    this.queries = new int[slices];
    this.logins = new int[slices];
  }

  static Outcome of(Setting setting) {
    return new FleetSimulation(setting).run();
  }

  private Outcome run() {
    for (int i = 0; i < setting.programs(); i++) {
      programs.add(new Program());
    }
    int all = setting.programs() * setting.sessions();
    long end = PROMOTION.plus(LONGEST).toNanos();
    long step = (setting.programs() < LARGE_FLEET ? STEP : STEP_OF_A_LARGE_FLEET).toNanos();
    while (clock.get() < end && backs.size() < all) {
      programs.forEach(Program::step);
      server.work(step);
      clock.addAndGet(step);
    }
    return new Outcome(
        Arrays.stream(queries).boxed().toList(),
        Arrays.stream(logins).boxed().toList(),
        sideBySide,
        sincePromotion(firsts, (setting.programs() + 1) / 2),
        sincePromotion(backs, (all + 1) / 2),
        sincePromotion(backs, all),
        givenUp);
  }

  private static Duration sincePromotion(List<Long> moments, int count) {
    return moments.size() < count
        ? NEVER
        : Duration.ofNanos(moments.get(count - 1)).minus(PROMOTION);
  }

  private int slice() {
    return (int) (clock.get() / SLICE.toNanos());
  }

  private ModelServer.Job login(Runnable whenDone) {
    logins[slice()]++;
    loginsUnderWay++;
    sideBySide = Math.max(sideBySide, loginsUnderWay);
    return server.ask(
        LOGIN,
        () -> {
          loginsUnderWay--;
          whenDone.run();
        });
  }

  private void query(double cost) {
    queries[slice()]++;
    server.ask(cost, () -> {});
  }

  /** One program: its monitor of the standby, and its sessions. */
  private final class Program {

    private final StandbyWatch watch =
        new StandbyWatch(random, random.nextLong(FIRST_PAUSE.toNanos()));
    private final Entrance entrance =
        new Entrance(clock::get, config -> RateLimiter.of("logins", config, clock::get));
    private final List<Session> waiting = new ArrayList<>();
    private final List<Session> loggingIn = new ArrayList<>();
    private boolean heard;
    private boolean first = true;
    private long heartbeatAt;

    Program() {
      // What a login usually takes is known from before.
      Entrance.Place place = entrance.join(0);
      entrance.admits(place, Pace.UNLIMITED);
      clock.addAndGet((long) (LOGIN * 1e6));
      entrance.opened(place);
      clock.addAndGet(-(long) (LOGIN * 1e6));
    }

    void step() {
      long now = clock.get();
      if (heard) {
        serve(now);
      } else if (now >= PROMOTION.toNanos() && now >= watch.hearsOf(PROMOTION.toNanos())) {
        hears(now);
      } else if (now < PROMOTION.toNanos() && watch.asks(now)) {
        if (watch.looksAgain(now)) {
          login(() -> {});
        }
        query(QUESTION_THAT_WAITS);
      }
    }

    private void hears(long now) {
      heard = true;
      heartbeatAt = now;
      entrance.pace().troubled(now);
      for (int i = 0; i < setting.sessions(); i++) {
        waiting.add(new Session(now));
      }
    }

    private void serve(long now) {
      if (now >= heartbeatAt) {
        heartbeatAt = now + HEARTBEAT.toNanos();
        query(QUESTION);
      }
      for (int i = 0; i < waiting.size(); ) {
        Session session = waiting.get(i);
        if (session.mayGo(now)) {
          waiting.remove(i);
          loggingIn.add(session);
          session.begin(now);
        } else {
          i++;
        }
      }
      while (!loggingIn.isEmpty()
          && now - loggingIn.get(0).begunAt >= setting.patience().toNanos()) {
        Session session = loggingIn.remove(0);
        session.giveUp(now);
        waiting.add(session);
      }
    }

    /** One session. */
    private final class Session {

      private final Backoff pauses = new Backoff(() -> random, FIRST_PAUSE);
      private Entrance.@Nullable Place place;
      private long waitsSince;
      private long restsUntil;
      private long begunAt;
      private ModelServer.@Nullable Job job;

      Session(long now) {
        this.waitsSince = now;
      }

      boolean mayGo(long now) {
        if (now < restsUntil) {
          return false;
        }
        if (!setting.admitted()) {
          return true;
        }
        Entrance.Place mine = place == null ? entrance.join(0) : place;
        place = mine;
        if (!entrance.admits(mine, Pace.UNLIMITED)) {
          if (now - waitsSince < LONGEST_IN_LINE.toNanos()) {
            return false;
          }
          entrance.begin(mine);
        }
        return true;
      }

      void begin(long now) {
        begunAt = now;
        job = login(this::back);
      }

      private void back() {
        loggingIn.remove(this);
        if (place != null) {
          entrance.opened(place);
        }
        backs.add(clock.get());
        if (first) {
          first = false;
          firsts.add(clock.get());
        }
      }

      void giveUp(long now) {
        givenUp++;
        loginsUnderWay--;
        server.giveUp(Objects.requireNonNull(job));
        if (place != null) {
          entrance.unanswered(place);
          place = null;
        }
        waitsSince = now;
        restsUntil = now + pauses.next(LONGEST_PAUSE).toNanos();
      }
    }
  }
}
