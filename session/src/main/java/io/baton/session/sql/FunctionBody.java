package io.baton.session.sql;

import java.util.Set;

/**
 * What the source of a function shows it to do to its session by itself, and what else it may run.
 *
 * <p>Immutable.
 *
 * @param settings names of settings that it sets, normalised
 * @param unnamedSettings whether it sets one whose name it builds
 * @param written bare names of relations that it writes, creates, alters or drops; {@link #ANY}
 *     stands for one whose name it builds
 * @param anyRelation whether it creates temporary relations
 * @param locks whether it takes or frees advisory locks of the session
 * @param other whether it may do anything else that lasts in the session, or is not understood
 * @param calls names that it may call as functions
 * @param names all names in it, each of which may be a relation that it reads; {@link #ANY} stands
 *     for one that it builds
 */
public record FunctionBody(
    Set<String> settings,
    boolean unnamedSettings,
    Set<String> written,
    boolean anyRelation,
    boolean locks,
    boolean other,
    Set<String> calls,
    Set<String> names) {

  /** Stands for a relation whose name is built. */
  public static final String ANY = "*";

  /** Does nothing. */
  public static final FunctionBody EMPTY =
      new FunctionBody(Set.of(), false, Set.of(), false, false, false, Set.of(), Set.of());

  /** May do anything. */
  public static final FunctionBody ANYTHING =
      new FunctionBody(Set.of(), true, Set.of(ANY), true, true, true, Set.of(), Set.of(ANY));

  /** Copies the sets. */
  public FunctionBody {
    settings = Set.copyOf(settings);
    written = Set.copyOf(written);
    calls = Set.copyOf(calls);
    names = Set.copyOf(names);
  }

  /**
   * Judges a source.
   *
   * @param language the name of its language; all but {@code sql} and {@code plpgsql} may do
   *     anything
   * @param source the body as {@code pg_proc.prosrc} has it, or as {@code pg_get_function_sqlbody}
   *     shows it
   */
  public static FunctionBody of(String language, String source) {
    return switch (language) {
      case "sql" -> FunctionBodyReader.read(source, false);
      case "plpgsql" -> FunctionBodyReader.read(source, true);
      default -> ANYTHING;
    };
  }
}
