package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.baton.BatonDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobExecutionContext;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.listeners.SchedulerListenerSupport;

/** Quartz with a job store in the database. It requires a driver class for any database. */
@PostgresTest(standbys = 2, synchronous = true)
class QuartzTest {

  private static final AtomicInteger RUNS = new AtomicInteger();

  /** A job that is run often. */
  public static final class Beat implements Job {
    @Override
    public void execute(JobExecutionContext context) {
      RUNS.incrementAndGet();
    }
  }

  @Test
  void scheduler_losesItsServer_andGoesOn(PostgresCluster cluster)
      throws SQLException, IOException, SchedulerException {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setUrl(Servers.urlWithUser(cluster));
    try (Connection connection = dataSource.getConnection()) {
      Servers.execute(connection, tables());
    }
    long before = Servers.ask(dataSource, Servers.PORT);
    List<String> errors = Collections.synchronizedList(new ArrayList<>());
    Scheduler scheduler = new StdSchedulerFactory(properties(cluster)).getScheduler();
    scheduler
        .getListenerManager()
        .addSchedulerListener(
            new SchedulerListenerSupport() {
              @Override
              public void schedulerError(String message, SchedulerException cause) {
                errors.add(message + ": " + cause);
              }
            });
    RUNS.set(0);
    try {
      scheduler.scheduleJob(
          JobBuilder.newJob(Beat.class).build(),
          TriggerBuilder.newTrigger()
              .withSchedule(
                  SimpleScheduleBuilder.simpleSchedule()
                      .withIntervalInMilliseconds(50)
                      .repeatForever())
              .build());
      scheduler.start();
      await().until(() -> RUNS.get() > 3);
      cluster.failover();
      int soFar = RUNS.get();
      await().atMost(Duration.ofSeconds(30)).until(() -> RUNS.get() > soFar + 3);
    } finally {
      scheduler.shutdown(true);
    }

    assertThat(errors).isEmpty();
    assertThat(Servers.ask(dataSource, Servers.PORT)).isNotEqualTo(before);
    assertThat(Servers.ask(dataSource, "select sum(times_triggered) from qrtz_simple_triggers"))
        .as("each run is written down once")
        .isEqualTo(RUNS.get());
    dataSource.close();
  }

  private static Properties properties(PostgresCluster cluster) {
    Properties properties = new Properties();
    properties.put("org.quartz.scheduler.instanceName", "beats");
    properties.put("org.quartz.scheduler.idleWaitTime", "1000");
    properties.put("org.quartz.threadPool.threadCount", "2");
    properties.put("org.quartz.jobStore.class", "org.quartz.impl.jdbcjobstore.JobStoreTX");
    properties.put(
        "org.quartz.jobStore.driverDelegateClass",
        "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate");
    properties.put("org.quartz.jobStore.dataSource", "shop");
    properties.put("org.quartz.dataSource.shop.provider", "hikaricp");
    properties.put("org.quartz.dataSource.shop.driver", "io.baton.BatonDriver");
    properties.put("org.quartz.dataSource.shop.URL", Servers.url(cluster));
    properties.put("org.quartz.dataSource.shop.user", cluster.user());
    properties.put("org.quartz.dataSource.shop.password", cluster.password());
    return properties;
  }

  private static String tables() throws IOException {
    try (InputStream script =
        Objects.requireNonNull(
            StdSchedulerFactory.class.getResourceAsStream(
                "/org/quartz/impl/jdbcjobstore/tables_postgres.sql"))) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
