package io.baton.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import sqlline.SqlLine;

/** sqlline with the URL alone. */
@PostgresTest
class SqllineTest {

  @Test
  void urlAlone_isEnough(PostgresCluster cluster) throws IOException {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(output, true, StandardCharsets.UTF_8);
    SqlLine sqlLine = new SqlLine();
    sqlLine.setOutputStream(stream);
    sqlLine.setErrorStream(stream);

    SqlLine.Status status =
        sqlLine.begin(
            new String[] {
              "-u",
              Servers.url(cluster),
              "-n",
              cluster.user(),
              "-p",
              cluster.password(),
              "-e",
              "select 6 * 7 as answer;"
            },
            new ByteArrayInputStream(new byte[0]),
            false);

    assertThat(status).isEqualTo(SqlLine.Status.OK);
    assertThat(output.toString(StandardCharsets.UTF_8)).contains("answer", "42");
  }
}
