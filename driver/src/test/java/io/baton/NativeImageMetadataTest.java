package io.baton;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;

/** What the jar tells GraalVM of the classes that others create by their names. */
class NativeImageMetadataTest {

  private static final String FOLDER = "/META-INF/native-image/io.baton/baton-driver/";

  private static InputStream file(String name) {
    return Objects.requireNonNull(BatonDriver.class.getResourceAsStream(FOLDER + name), name);
  }

  @Test
  void classes_thatAreNamed_areThereWithTheirConstructors()
      throws IOException, JsonParserException, ReflectiveOperationException {
    JsonArray named;
    try (InputStream file = file("reflect-config.json")) {
      named = JsonParser.array().from(file);
    }
    List<Constructor<?>> constructors = new ArrayList<>();
    for (Object each : named) {
      JsonObject entry = (JsonObject) each;
      Class<?> type = Class.forName(entry.getString("name"));
      for (Object method : entry.getArray("methods", new JsonArray())) {
        List<Class<?>> parameters = new ArrayList<>();
        for (Object parameter : ((JsonObject) method).getArray("parameterTypes")) {
          parameters.add(Class.forName((String) parameter));
        }
        constructors.add(type.getConstructor(parameters.toArray(Class<?>[]::new)));
      }
    }
    assertThat(named).hasSizeGreaterThan(4);
    assertThat(constructors)
        .as("those that pgjdbc creates as its socket factories are among them")
        .filteredOn(made -> SocketFactory.class.isAssignableFrom(made.getDeclaringClass()))
        .hasSize(2);
  }

  @Test
  void resources_thatAreNamed_areInTheJar() throws IOException, JsonParserException {
    JsonArray patterns;
    try (InputStream file = file("resource-config.json")) {
      patterns = JsonParser.object().from(file).getObject("resources").getArray("includes");
    }
    assertThat(patterns)
        .extracting(each -> ((JsonObject) each).getString("pattern"))
        .map(pattern -> pattern.replace("\\Q", "/").replace("\\E", ""))
        .filteredOn(name -> !name.startsWith("/org/postgresql")) // may be given by the application
        .hasSize(2)
        .allSatisfy(name -> assertThat(BatonDriver.class.getResource(name)).isNotNull());
  }
}
