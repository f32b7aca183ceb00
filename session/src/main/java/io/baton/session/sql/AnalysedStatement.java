package io.baton.session.sql;

import java.util.List;
import java.util.Set;

/**
 * One statement of a text of SQL and what it does to its session.
 *
 * <p>Immutable.
 *
 * @param kind the command
 * @param effects what it does to the session, in order
 * @param functions the functions it calls; whether they change data or settings, the catalogue
 *     knows
 * @param relations the tables and views it names
 * @param operators the operators it uses, as the server knows them; {@code ::} stands for any cast,
 *     and {@code $} for a parameter
 * @param readCandidate whether it only reads, provided that the catalogue shows every function and
 *     view of it to be free of side effects
 * @param needsWriter whether it belongs on the writer even where it only reads: a standby refuses
 *     it, or answers it for itself
 * @param definesCode whether what functions, views or operators do may be different after it
 * @param replayability whether it may run again when its transaction is replayed
 * @param start where its first token begins in the text
 * @param end where its last token ends in the text
 */
public record AnalysedStatement(
    CommandKind kind,
    List<Effect> effects,
    List<FunctionCall> functions,
    List<RelationName> relations,
    Set<String> operators,
    boolean readCandidate,
    boolean needsWriter,
    boolean definesCode,
    Replayability replayability,
    int start,
    int end) {

  /** What stands for a cast among the operators, however it is written. */
  public static final String CAST = "::";

  /** What stands for a parameter among the operators: its value may be of a type with checks. */
  public static final String PARAMETER = "$";

  /**
   * Returns whether it runs no code of the database, whatever there is: it names nothing that could
   * be code, nor anything that may have some.
   */
  public boolean isPlain() {
    return switch (kind) {
      case UNKNOWN, DO, CALL, EXECUTE, DEFINITION, MAINTENANCE -> false;
      default -> functions.isEmpty() && relations.isEmpty() && operators.isEmpty();
    };
  }

  /** The same statement, if it called these functions only. */
  public AnalysedStatement calling(List<FunctionCall> others) {
    return new AnalysedStatement(
        kind,
        effects,
        List.copyOf(others),
        relations,
        operators,
        readCandidate,
        needsWriter,
        definesCode,
        replayability,
        start,
        end);
  }
}
