package io.baton.testkit.junit;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.util.List;

/** What an annotation asks for, as a value: equal ones can share a cluster. */
record WantedCluster(
    PostgresVersion version, int standbys, boolean synchronous, List<String> settings) {

  static WantedCluster of(PostgresTest annotation) {
    PostgresVersion[] version = annotation.version();
    if (version.length > 1) {
      throw new IllegalArgumentException("A cluster has one version: " + annotation);
    }
    return new WantedCluster(
        version.length == 0 ? PostgresVersion.preferred() : version[0],
        annotation.standbys(),
        annotation.synchronous(),
        List.of(annotation.settings()));
  }

  PostgresCluster start() {
    PostgresCluster.Builder builder = PostgresCluster.builder().version(version).standbys(standbys);
    if (synchronous) {
      builder.synchronous();
    }
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("A setting is given as name=value: " + setting);
      }
      builder.setting(setting.substring(0, equals).strip(), setting.substring(equals + 1).strip());
    }
    return builder.start();
  }
}
