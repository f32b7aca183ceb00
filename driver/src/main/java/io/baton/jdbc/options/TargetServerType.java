package io.baton.jdbc.options;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * pgjdbc's {@code targetServerType} in the terms of Baton. It must not reach a connection to a
 * single host: a connection to a reader would fail under {@code primary}, and one to a writer that
 * has just been demoted would look as if there was no server.
 */
final class TargetServerType {

  private static final List<String> NAMES =
      List.of("any", "primary", "secondary", "preferPrimary", "preferSecondary");

  private TargetServerType() {}

  /** The options with the target that is asked for, unless they name one themselves. */
  static BatonOptions translate(@Nullable String targetServerType, BatonOptions options)
      throws SQLException {
    if (targetServerType == null) {
      return options;
    }
    SessionTarget target = target(targetServerType);
    return options.isGiven(BatonOption.TARGET) ? options : options.with(BatonOption.TARGET, target);
  }

  private static SessionTarget target(String targetServerType) throws SQLException {
    return switch (targetServerType) {
      case "primary", "master" -> SessionTarget.WRITER;
      case "secondary", "slave", "preferSecondary", "preferSlave" -> SessionTarget.READER;
      case "any", "preferPrimary", "preferMaster" -> SessionTarget.ANY;
      default -> {
        Optional<String> near = Nearest.within(targetServerType, NAMES);
        throw InvalidConfiguration.mistake(
            "targetServerType="
                + InvalidConfiguration.shown(targetServerType)
                + " is not valid"
                + near.map(name -> ": did you mean " + name + "?").orElse(".")
                + " Allowed: "
                + String.join(", ", NAMES)
                + ".");
      }
    };
  }
}
