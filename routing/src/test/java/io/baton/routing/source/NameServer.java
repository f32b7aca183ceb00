package io.baton.routing.source;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A name server on loopback that has SRV records for whatever name it is asked (RFC 1035, 2782).
 */
final class NameServer implements AutoCloseable {

  private static final int HEADER = 12;
  private static final int ANSWER = 0x8180;
  private static final int NO_SUCH_NAME = 3;
  private static final int NAME_OF_THE_QUESTION = 0xC00C;
  private static final int SRV = 33;
  private static final int INTERNET = 1;
  private static final int SECONDS_TO_LIVE = 0;

  /** One record. */
  record Service(int priority, int weight, int port, String host) {}

  private final DatagramSocket socket;
  private final Thread thread;
  private volatile List<Service> services;

  NameServer(List<Service> services) throws SocketException {
    this.services = services;
    this.socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    this.thread = new Thread(this::serve, "name server");
    thread.start();
  }

  /** As JNDI wants it. */
  String address() {
    return "dns://" + socket.getLocalAddress().getHostAddress() + ":" + socket.getLocalPort();
  }

  /** Has other records from now on; none means that there is no such name. */
  void serve(List<Service> newServices) {
    services = newServices;
  }

  private void serve() {
    byte[] buffer = new byte[512];
    while (!socket.isClosed()) {
      DatagramPacket question = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(question);
        byte[] answer = answer(buffer);
        socket.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
      } catch (IOException failure) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(failure);
        }
      }
    }
  }

  private byte[] answer(byte[] question) throws IOException {
    List<Service> records = services;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(question, 0, 2);
    out.writeShort(records.isEmpty() ? ANSWER | NO_SUCH_NAME : ANSWER);
    out.writeShort(1);
    out.writeShort(records.size());
    out.writeShort(0);
    out.writeShort(0);
    int end = HEADER;
    while (question[end] != 0) {
      end += question[end] + 1;
    }
    out.write(question, HEADER, end + 5 - HEADER);
    for (Service service : records) {
      out.writeShort(NAME_OF_THE_QUESTION);
      out.writeShort(SRV);
      out.writeShort(INTERNET);
      out.writeInt(SECONDS_TO_LIVE);
      byte[] host = labels(service.host());
      out.writeShort(6 + host.length);
      out.writeShort(service.priority());
      out.writeShort(service.weight());
      out.writeShort(service.port());
      out.write(host);
    }
    return bytes.toByteArray();
  }

  private static byte[] labels(String host) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String label : host.split("\\.", -1)) {
      bytes.write(label.length());
      bytes.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    bytes.write(0);
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    socket.close();
    thread.interrupt();
  }
}
