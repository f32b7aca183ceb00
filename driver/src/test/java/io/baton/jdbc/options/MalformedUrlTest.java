package io.baton.jdbc.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MalformedUrlTest {

  private static final String FORM =
      ". Its form is"
          + " jdbc:baton:postgresql://host1:5432,host2:5432/database?option=value&option=value";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Each prefix is 22 characters: the first host starts at character 25.
        "jdbc:baton:postgresql://h1                 | 27 | a / is missing after the hosts, even"
            + " where no database is named",
        "jdbc:baton:postgresql://h1?user=app        | 27 | a / is missing after the hosts, even"
            + " where no database is named",
        "jdbc:baton:postgresql:/h1/db               | 23 | one slash stands where two should:"
            + " //host/database",
        "jdbc:baton:postgresql://h1/db/x            | 30 | a second / after the hosts; in the name"
            + " of a database it is written %2F",
        "jdbc:baton:postgresql://h1:54x2/db         | 28 | the port 54x2 of host 1 is no number"
            + " from 1 to 65535",
        "jdbc:baton:postgresql://h1,h2:99999/db     | 31 | the port 99999 of host 2 is no number"
            + " from 1 to 65535",
        "jdbc:baton:postgresql://h1:0/db            | 28 | the port 0 of host 1 is no number from 1"
            + " to 65535",
        "jdbc:baton:postgresql://h1:/db             | 28 | the port of host 1 is no number from 1"
            + " to 65535",
        "jdbc:baton:postgresql://::1/db             | 25 | host 1 has several colons; an IPv6"
            + " address stands in brackets, [::1]",
        "jdbc:baton:postgresql://[::1/db            | 25 | the [ of host 1 is not closed",
        "jdbc:baton:postgresql://[::1]5432/db       | 30 | after the ] of host 1 comes a : and the"
            + " port",
        "jdbc:baton:postgresql://h1, h2/db          | 28 | a blank in host 2",
        "jdbc:baton:postgresql://h1/a%zz            | 29 | a % in the name of the database without"
            + " two hexadecimal digits; a % itself is written %25",
        "jdbc:baton:postgresql:a%2                  | 24 | a % in the name of the database without"
            + " two hexadecimal digits; a % itself is written %25",
        "jdbc:baton:postgresql://h1/db?user=50%     | 38 | a % in user without two hexadecimal"
            + " digits; a % itself is written %25",
        "jdbc:baton:postgresql://h1/db?x=1&y=%x1    | 37 | a % in a parameter without two"
            + " hexadecimal digits; a % itself is written %25",
        "jdbc:baton:postgresql://h1/db?ssl=true?baton.reads=writer | 39 | parameters are separated"
            + " by &, not by ?",
        "jdbc:baton:postgres://h1/db                | 12 | after jdbc:baton: comes postgresql: and"
            + " nothing else",
        "jdbc:postgresql://h1/db                    | 1  | it does not start with"
            + " jdbc:baton:postgresql:",
      })
  void url_thatIsMalformed_isRefusedByPlaceAndReason(String url, int character, String reason) {
    assertRefusal(url, null)
        .isInstanceOf(SQLNonTransientException.class)
        .hasMessage("The URL is malformed at character " + character + ": " + reason + FORM)
        .extracting(e -> ((SQLException) e).getSQLState())
        .isEqualTo("22023");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:baton:postgresql://app:s3cr3t@h1:5432/db",
        "jdbc:baton:postgresql://app:s3cr3t@h1",
        "jdbc:baton:postgresql://app:s3cr3t/x@h1/db",
        "jdbc:baton:postgresql://app:s3cr3t?x@h1/db",
        "jdbc:baton:postgresql://app:s3cr3t,x@h1/db",
        "jdbc:baton:postgresql://app:[s3cr3t@h1/db",
        "jdbc:baton:postgres://app:s3cr3t@h1/db",
        "jdbc:baton:postgresql://h1?password=s3cr3t",
        "jdbc:baton:postgresql://h1/db?password=s3cr3t%",
        "jdbc:baton:postgresql://h1/db?password=x%s3cr3t",
        "jdbc:baton:postgresql://h1/db?password=x%&s3cr3t=1",
        "jdbc:baton:postgresql://h1/db?password=s3cr3t&baton.raeds=writer",
        "jdbc:baton:postgresql://h1/db?password=s3cr3t&baton.reads=auto",
        "jdbc:baton:postgresql://h1/db?password=s3cr3t&targetServerType=secondary",
        "jdbc:baton:postgresql://h1/db?password=s3cr3t&targetServerType=primry",
        "jdbc:baton:postgresql://h1/db?password=s3cr3t&port=0",
        "jdbc:baton:postgresql://h1/db?password=s3cr3t&port=1,2",
        "jdbc:baton:postgresql://h1/db?password=s3cr3t&service=nowhere",
        "jdbc:baton:postgresql://h1/db?baton.reads=auto?password=s3cr3t",
        "jdbc:baton:postgresql://h1/db?baton.reads=auto;password=s3cr3t",
        "jdbc:baton:postgresql://h1/db?baton.patroniUrls=https://app:s3cr3t@h1",
        "jdbc:baton:postgresql://h1/db?baton.reads=s3cr3t@h1",
        "jdbc:baton:postgresql://h1/db?baton.reads%3Ds3cr3t=1&baton.x=s3cr3t",
      })
  void url_withASecretInIt_isRefusedWithoutShowingOrLoggingIt(String url) {
    Properties given = new Properties();
    given.setProperty("sslpassword", "s3cr3t");
    List<String> logged = new ArrayList<>();
    Handler handler = collectingIn(logged);
    Logger logger = Logger.getLogger("org.postgresql");
    Level before = logger.getLevel();
    logger.addHandler(handler);
    logger.setLevel(Level.WARNING);
    try {
      SQLException refusal = refusal(url, given);

      for (Throwable link = refusal; link != null; link = link.getCause()) {
        assertThat(link.toString()).doesNotContain("s3cr3t");
        assertThat(link.getSuppressed()).isEmpty();
      }
      assertThat(logged).noneMatch(message -> message.contains("s3cr3t"));
    } finally {
      logger.removeHandler(handler);
      logger.setLevel(before);
    }
  }

  private static Handler collectingIn(List<String> logged) {
    return new Handler() {
      @Override
      public void publish(LogRecord record) {
        logged.add(new SimpleFormatter().formatMessage(record));
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  @Test
  void userBeforeTheHost_asInOtherUrls_isRefusedWithTheRightWay() {
    assertRefusal("jdbc:baton:postgresql://app:s3cr3t@h1/db", null)
        .hasMessage(
            "The URL is malformed at character 25: user and password do not stand before the"
                + " host; give them as the parameters user= and password=, or as properties"
                + FORM);
  }

  @Test
  void option_withoutAValue_isRefused() {
    assertRefusal("jdbc:baton:postgresql://h/db?baton.reads", null)
        .hasMessageStartingWith("baton.reads= is not valid: there is no such value.");
  }

  @Test
  void option_givenAsAnObject_isRefusedRatherThanIgnored() {
    Properties given = new Properties();
    given.put("baton.failoverTimeout", 5);

    assertRefusal("jdbc:baton:postgresql://h/db", given)
        .hasMessage(
            "baton.failoverTimeout is given as a java.lang.Integer; it must be a String, as it"
                + " would stand in the URL.");
  }

  @Test
  void service_thatIsNotThere_isRefusedByName() {
    assertRefusal("jdbc:baton:postgresql://?service=nowhere", null)
        .hasMessageStartingWith("service=nowhere names no section of the service file");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "//h1,h2/db?port=5432        | There are 2 hosts and 1 ports; parameters",
        "//h1/db?host=h1,h2          | There are 2 hosts and 1 ports; parameters",
        "//h1/db?port=x              | Port 1 of the parameter port= or the property PGPORT is no"
            + " number from 1 to 65535: x.",
        "//h1,h2/db?port=5432,70000  | Port 2 of the parameter port= or the property PGPORT is no"
            + " number from 1 to 65535: 70000.",
      })
  void portsInParameters_thatDoNotFit_areRefused(String rest, String message) {
    assertRefusal("jdbc:baton:postgresql:" + rest, null).hasMessageStartingWith(message);
  }

  @Test
  void portsInProperties_thatDoNotFit_areRefused() {
    Properties given = new Properties();
    given.setProperty("PGHOST", "h1,h2");
    given.setProperty("PGPORT", "5432,5433,5434");

    assertRefusal("jdbc:baton:postgresql:db", given)
        .hasMessageStartingWith("There are 2 hosts and 3 ports; parameters");
  }

  @Test
  void targetServerType_thatIsUnknown_isRefusedByNamingTheNearest() {
    assertRefusal("jdbc:baton:postgresql://h/db?targetServerType=primry", null)
        .hasMessage(
            "targetServerType=primry is not valid: did you mean primary? Allowed: any, primary,"
                + " secondary, preferPrimary, preferSecondary.")
        .extracting(e -> ((SQLException) e).getSQLState())
        .isEqualTo("22023");
  }

  private static SQLException refusal(String url, @Nullable Properties given) {
    return catchThrowableOfType(SQLException.class, () -> BatonUrl.parse(url, given));
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertRefusal(
      String url, @Nullable Properties given) {
    return assertThatThrownBy(() -> BatonUrl.parse(url, given)).isInstanceOf(SQLException.class);
  }
}
