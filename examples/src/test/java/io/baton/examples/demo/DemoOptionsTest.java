package io.baton.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Properties;
import org.junit.jupiter.api.Test;

class DemoOptionsTest {
  @Test
  void options_noneGiven_areBatonWithThreeOfEach() {
    DemoOptions options = DemoOptions.from(new Properties());

    assertThat(options.workers()).isEqualTo(8);
    assertThat(options.crashes()).isEqualTo(3);
    assertThat(options.switchovers()).isEqualTo(3);
    assertThat(options.url("a:1,b:2", "app")).isEqualTo("jdbc:baton:postgresql://a:1,b:2/app");
  }

  @Test
  void options_plainPrefix_looksForThePrimary() {
    assertThat(options("demo.url-prefix", "jdbc:postgresql:").url("a:1,b:2", "app"))
        .isEqualTo("jdbc:postgresql://a:1,b:2/app?targetServerType=primary");
  }

  @Test
  void options_numberThatIsNone_isNamed() {
    assertThatThrownBy(() -> options("demo.crashes", "many"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("-Ddemo.crashes=many: must be a whole number, at least 0");
  }

  @Test
  void options_upgrade_isAnotherKind() {
    assertThat(options("demo", "upgrade").kind()).isEqualTo(DemoOptions.Kind.UPGRADE);
    assertThatThrownBy(() -> options("demo", "upgrde"))
        .hasMessage("-Ddemo=upgrde: must be failover or upgrade");
  }

  @Test
  void options_noWorkers_isRefused() {
    assertThatThrownBy(() -> options("demo.workers", "0"))
        .hasMessage("-Ddemo.workers=0: must be a whole number, at least 1");
  }

  private static DemoOptions options(String name, String value) {
    Properties properties = new Properties();
    properties.setProperty(name, value);
    return DemoOptions.from(properties);
  }
}
