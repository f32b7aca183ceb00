package io.baton;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.awaitility.Awaitility;

/**
 * The program of a JVM that loads {@link UnloadedApplication}, runs it, and unloads it. It is told
 * URL, user and password, and says which threads of the application are left, and whether its class
 * loader was collected.
 */
final class UnloadingContainer {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private UnloadingContainer() {}

  public static void main(String[] target) throws Exception {
    WeakReference<ClassLoader> loader = runAndUnload(List.of(target));
    System.out.println("THREADS " + threads());
    forgetLastRecord();
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> {
              System.gc();
              return loader.get() == null;
            });
    System.out.println("COLLECTED");
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("baton"))
        .toList();
  }

  /** In a frame of its own, so that nothing here holds the loader afterwards. */
  private static WeakReference<ClassLoader> runAndUnload(List<String> target) throws Exception {
    List<URL> parts = new ArrayList<>();
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      parts.add(new File(part).toURI().toURL());
    }
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader =
        new URLClassLoader(parts.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      thread.setContextClassLoader(loader);
      Object application =
          loader
              .loadClass(UnloadedApplication.class.getName())
              .getDeclaredConstructor()
              .newInstance();
      System.out.println(
          "LOADED APART " + !application.getClass().equals(UnloadedApplication.class));
      @SuppressWarnings("unchecked") // of any loader, it implements this interface of the JDK
      Function<List<String>, String> run = (Function<List<String>, String>) application;
      System.out.println("RAN " + run.apply(target));
      return new WeakReference<>(loader);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private record OfTheContainer(String text) {}

  /**
   * JDK 17 itself holds the types of the record whose methods it made last, with their loader
   * (java.lang.runtime.ObjectMethods). So the container has one made after the application.
   */
  private static void forgetLastRecord() {
    OfTheContainer one = new OfTheContainer("one");
    System.out.println("RECORD " + one.equals(new OfTheContainer("other")) + one.hashCode() + one);
  }
}
