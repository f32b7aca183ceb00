package io.baton.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.session.SessionState;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SessionKindTest {

  private static SessionKind of(
      Map<String, @Nullable String> settings,
      @Nullable String role,
      Map<SessionState.AdvisoryLock, Integer> locks) {
    return SessionKind.of(
        new SessionState(
            false,
            settings,
            Set.of(),
            false,
            null,
            role,
            Map.of(),
            Set.of("news"),
            locks,
            Map.of(),
            Set.of(),
            Set.of(),
            Set.of()));
  }

  private static SessionKind setting(String name, String value) {
    return of(Map.of(name, value), null, Map.of());
  }

  @Test
  void valuesThatNoServerRefuses_makeNoKind() {
    assertThat(setting("app.tenant", "a")).isEqualTo(setting("app.tenant", "b"));
    assertThat(setting("search_path", "a")).isEqualTo(setting("search_path", "b"));
    assertThat(of(Map.of(), null, Map.of(new SessionState.AdvisoryLock("1", false), 1)))
        .isEqualTo(of(Map.of(), null, Map.of(new SessionState.AdvisoryLock("2", true), 3)));
  }

  @Test
  void whatAServerMayRefuse_makesAKind() {
    assertThat(setting("app.tenant", "a")).isNotEqualTo(setting("app.user", "a"));
    assertThat(setting("timezone", "UTC")).isNotEqualTo(setting("timezone", "US/Pacific-New"));
    assertThat(of(Map.of(), "boss", Map.of())).isNotEqualTo(of(Map.of(), "clerk", Map.of()));
  }

  @Test
  void text_namesWhatIsSet_andNoValue() {
    assertThat(of(Map.of("app.secret", "42", "timezone", "UTC"), "boss", Map.of()).toString())
        .isEqualTo("settings app.secret, timezone; role boss; channels news");
  }
}
