package io.baton.session.written;

import io.baton.session.Baseline;
import io.baton.session.Making;
import io.baton.session.ServerState;
import io.baton.session.SessionState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the lines of one session. What is made under the same settings says so by a number.
 *
 * <p>Not thread-safe.
 */
final class SnapshotWriter {

  private final List<SnapshotLine> lines = new ArrayList<>();

  /** The settings that something was made under, with their numbers. */
  private final Map<Map<String, @Nullable String>, Integer> settings = new LinkedHashMap<>();

  List<SnapshotLine> lines(WrittenSession written) {
    add("user", written.user());
    add("database", written.database());
    written.client().forEach((name, value) -> add("client", name, value));
    began(written.began());
    state(written.session().state());
    held(written.held());
    return lines;
  }

  private void add(String keyword, @Nullable String... fields) {
    lines.add(SnapshotLine.of(keyword, fields));
  }

  private void began(Baseline began) {
    add("began-role", began.role());
    began.settings().forEach((name, value) -> add("began", name, value.text(), value.builtIn()));
  }

  private void state(SessionState state) {
    if (state.reset()) {
      add("reset");
    }
    state.settings().forEach((name, value) -> add("setting", name, value));
    state.ownNames().forEach(name -> add("own-name", name));
    if (state.authorization() != null) {
      add("authorization", state.authorization());
    }
    if (state.role() != null) {
      add("role", state.role());
    }
    state.channels().forEach(channel -> add("channel", channel));
    state.libraries().forEach(library -> add("library", library));
    state
        .prepared()
        .forEach((name, prepared) -> making("prepared", List.of(name), prepared.making()));
    state
        .temporaries()
        .forEach(
            (key, temporary) -> {
              add(
                  "temporary",
                  key,
                  temporary.kind().name(),
                  Boolean.toString(temporary.holdsRows()),
                  temporary.onCommit().name());
              temporary.definitions().forEach(making -> making("made", List.of(), making));
            });
  }

  private void making(String keyword, List<String> names, Making making) {
    int under = under(making.settings());
    List<@Nullable String> fields = new ArrayList<>(names);
    fields.add(Long.toString(making.order()));
    fields.add(Integer.toString(under));
    fields.add(making.authorization());
    fields.add(making.role());
    fields.add(making.sql());
    lines.add(new SnapshotLine(keyword, fields));
  }

  private int under(Map<String, @Nullable String> given) {
    Integer known = settings.get(given);
    if (known != null) {
      return known;
    }
    int number = settings.size() + 1;
    settings.put(given, number);
    add("settings", Integer.toString(number));
    given.forEach((name, value) -> add("under", name, value));
    return number;
  }

  private void held(ServerState held) {
    add("held-user", held.sessionUser());
    add("held-role", held.role());
    held.settings().forEach((name, value) -> add("held-setting", name, value));
    held.prepared()
        .forEach((name, prepared) -> add("held-prepared", name, prepared.sql(), prepared.types()));
    held.channels().forEach(channel -> add("held-channel", channel));
    held.temporaries()
        .forEach(
            (key, temporary) ->
                add(
                    "held-temporary",
                    key,
                    temporary.kind(),
                    Boolean.toString(temporary.filled()),
                    temporary.structure()));
  }
}
