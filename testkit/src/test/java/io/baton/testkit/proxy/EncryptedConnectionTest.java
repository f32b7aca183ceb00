package io.baton.testkit.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.Sql;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.Message.Frontend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.sql.Connection;
import java.time.Duration;
import java.util.Base64;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@PostgresTest
class EncryptedConnectionTest {
  private static final char[] STORE_PASSWORD = "changeit".toCharArray();

  @Test
  void refusedEncryption_leavesTheConnectionUnderstood(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = node.connectThroughProxy(sslMode("prefer"))) {
      ArmedFault fault =
          node.proxy().on(FaultPoint.before(Frontend.EXECUTE).ofStatement("SELECT 7"), () -> {});

      assertThat(Sql.query(connection, "SELECT 7")).isEqualTo("7");

      assertThat(fault.await(Duration.ofSeconds(30))).isTrue();
    }
  }

  @Test
  void encryptedConnection_passesAndIsNotUnderstood(PostgresCluster cluster, @TempDir Path folder)
      throws Exception {
    PostgresNode node = cluster.primary();
    encrypt(node, folder);
    try (Connection connection = node.connectThroughProxy(sslMode("require"))) {
      ArmedFault fault = node.proxy().cutOn(FaultPoint.before(Frontend.SYNC));

      assertThat(Sql.query(connection, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
          .isEqualTo("t");

      assertThat(fault.hasFired()).isFalse();
    }
  }

  private static Properties sslMode(String mode) {
    Properties properties = new Properties();
    properties.setProperty("sslmode", mode);
    return properties;
  }

  private static void encrypt(PostgresNode node, Path folder) throws Exception {
    KeyStore store = createKey(folder.resolve("key.p12"));
    Path data = node.dataFolder().orElseThrow();
    write(data.resolve("server.crt"), "CERTIFICATE", store.getCertificate("server").getEncoded());
    write(
        data.resolve("server.key"),
        "PRIVATE KEY",
        store.getKey("server", STORE_PASSWORD).getEncoded());
    try (Connection superuser = node.connectAsSuperuser()) {
      Sql.execute(superuser, "ALTER SYSTEM SET ssl = on");
    }
    node.restart();
  }

  private static KeyStore createKey(Path file)
      throws IOException, InterruptedException, GeneralSecurityException {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-dname",
                "CN=localhost",
                "-keyalg",
                "EC",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(STORE_PASSWORD))
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream content = Files.newInputStream(file)) {
      store.load(content, STORE_PASSWORD);
    }
    return store;
  }

  private static void write(Path file, String kind, byte[] content) throws IOException {
    Files.writeString(
        file,
        "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
            .formatted(
                kind, Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content)));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
