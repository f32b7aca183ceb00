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
    Target target = target(targetServerType);
    if (options.isGiven(BatonOption.TARGET)) {
      return options;
    }
    if (!BatonOption.TARGET.isAvailable(target)) {
      throw InvalidConfiguration.notAvailable(
          "targetServerType="
              + targetServerType
              + " asks for "
              + BatonOption.TARGET
              + "="
              + BatonOption.TARGET.format(target)
              + ", which is not available in this version of Baton. Available: "
              + String.join(", ", BatonOption.TARGET.choices())
              + " (targetServerType=primary).");
    }
    return options.with(BatonOption.TARGET, target);
  }

  private static Target target(String targetServerType) throws SQLException {
    return switch (targetServerType) {
      case "primary", "master" -> Target.WRITER;
      case "secondary", "slave", "preferSecondary", "preferSlave" -> Target.READER;
      case "any", "preferPrimary", "preferMaster" -> Target.ANY;
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
