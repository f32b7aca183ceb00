package io.baton.routing.select;

import io.baton.routing.topology.Capabilities;
import io.baton.routing.topology.EndpointState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a server must have to answer certain reads: {@code version>=17,postgis,tag:large}.
 *
 * <p>Immutable.
 *
 * @param all the needs, all of which have to be met
 */
public record Needs(List<Need> all) {

  /** Any server will do. */
  public static final Needs NONE = new Needs(List.of());

  /** Makes needs of a copy. */
  public Needs {
    all = List.copyOf(all);
  }

  /**
   * Reads needs, separated by commas.
   *
   * @throws IllegalArgumentException if one of them is none: which, and why
   */
  public static Needs parse(String text) {
    if (text.isBlank()) {
      return NONE;
    }
    List<Need> needs = new ArrayList<>();
    for (String one : text.split(",", -1)) {
      needs.add(NeedParser.parse(one.strip(), needs.size() + 1));
    }
    return new Needs(needs);
  }

  /** Whether any server will do. */
  public boolean isEmpty() {
    return all.isEmpty();
  }

  /** These needs and others. */
  public Needs and(Needs others) {
    if (all.isEmpty() || others.all.isEmpty()) {
      return all.isEmpty() ? others : this;
    }
    List<Need> both = new ArrayList<>(all);
    others.all.stream().filter(other -> !all.contains(other)).forEach(both::add);
    return new Needs(both);
  }

  /** Whether a server is known to meet them. */
  public boolean areMetBy(EndpointState server, Set<String> groups) {
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).lacking(server, groups) != null) {
        return false;
      }
    }
    return true;
  }

  /**
   * What a server lacks, in words that follow its name.
   *
   * @param groups the groups of {@code baton.groups} that it belongs to, which are tags
   * @return null if it is known to lack nothing
   */
  public @Nullable String lacking(EndpointState server, Set<String> groups) {
    List<String> lacks = new ArrayList<>();
    for (Need need : all) {
      String lack = need.lacking(server, groups);
      if (lack != null && !lacks.contains(lack)) {
        lacks.add(lack);
      }
    }
    return lacks.isEmpty() ? null : String.join(", ", lacks);
  }

  /** Whether it is not known yet what a server has, and might be soon. */
  public boolean awaits(EndpointState server) {
    return server.isUsable()
        && server.capabilities() == null
        && all.stream()
            .anyMatch(need -> need instanceof Need.OfSetting || need instanceof Need.OfExtension);
  }

  /** What is known of a server; null if nothing that it told. */
  static @Nullable Capabilities toldBy(EndpointState server) {
    Capabilities capabilities = server.capabilities();
    return capabilities == null || !capabilities.isTold() ? null : capabilities;
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    return all.stream().map(Need::toString).collect(Collectors.joining(","));
  }
}
