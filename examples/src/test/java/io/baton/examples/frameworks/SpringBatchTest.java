package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.configuration.annotation.EnableBatchProcessing;
import org.springframework.batch.core.configuration.annotation.EnableJdbcJobRepository;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.ItemProcessor;
import org.springframework.batch.infrastructure.item.database.JdbcBatchItemWriter;
import org.springframework.batch.infrastructure.item.database.builder.JdbcBatchItemWriterBuilder;
import org.springframework.batch.infrastructure.item.support.ListItemReader;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** Spring Batch: a step whose server goes in the middle of a chunk. */
@PostgresTest(standbys = 2, synchronous = true)
class SpringBatchTest {

  private static final int ITEMS = 200;

  @Configuration(proxyBeanMethods = false)
  @EnableBatchProcessing
  @EnableJdbcJobRepository
  static class Import {

    @Bean
    JdbcTransactionManager transactionManager(DataSource dataSource) {
      return new JdbcTransactionManager(dataSource);
    }

    @Bean
    Job job(
        JobRepository repository,
        JdbcTransactionManager transactionManager,
        DataSource dataSource,
        ItemProcessor<Integer, Integer> processor) {
      JdbcBatchItemWriter<Integer> writer =
          new JdbcBatchItemWriterBuilder<Integer>()
              .dataSource(dataSource)
              .sql("insert into line values (?)")
              .itemPreparedStatementSetter((item, statement) -> statement.setInt(1, item))
              .build();
      return new JobBuilder("import", repository)
          .start(
              new StepBuilder("lines", repository)
                  .<Integer, Integer>chunk(20)
                  .transactionManager(transactionManager)
                  .reader(new ListItemReader<>(IntStream.range(0, ITEMS).boxed().toList()))
                  .processor(processor)
                  .writer(writer)
                  .build())
          .build();
    }
  }

  @Test
  void step_losesItsServer_andWritesEachItemOnce(PostgresCluster cluster) throws Exception {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setUrl(Servers.urlWithUser(cluster));
    long before = createTables(dataSource);
    try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
      context.registerBean(DataSource.class, () -> dataSource);
      context.registerBean(
          "processor", ItemProcessor.class, () -> item -> afterFailoverAt(110, item, cluster));
      context.register(Import.class);
      context.refresh();

      JobExecution execution =
          context.getBean(JobOperator.class).start(context.getBean(Job.class), new JobParameters());

      assertThat(execution.getAllFailureExceptions()).isEmpty();
      assertThat(execution.getStatus()).isEqualTo(BatchStatus.COMPLETED);
      assertThat(Servers.ask(dataSource, Servers.PORT)).isNotEqualTo(before);
      assertThat(
              List.of(
                  Servers.ask(dataSource, "select count(*) from line"),
                  Servers.ask(dataSource, "select count(distinct number) from line")))
          .containsOnly((long) ITEMS);
    }
  }

  private static Object afterFailoverAt(int number, Object item, PostgresCluster cluster) {
    if (item.equals(number)) {
      cluster.failover();
    }
    return item;
  }

  private static long createTables(DataSource dataSource) throws SQLException {
    ResourceDatabasePopulator populator =
        new ResourceDatabasePopulator(
            new ClassPathResource("org/springframework/batch/core/schema-postgresql.sql"));
    populator.execute(dataSource);
    try (var connection = dataSource.getConnection()) {
      Servers.execute(connection, "create table line (number integer)");
      return Servers.ask(connection, Servers.PORT);
    }
  }
}
