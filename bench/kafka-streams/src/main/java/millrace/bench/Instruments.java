package millrace.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes, fills, watches and counts topics for the benchmark, with Kafka's own clients, so that both sides are measured by the same instrument.
 * Argument: the bootstrap servers. Says "ready", then answers each line with one line:
 *
 * <pre>
 * create TOPIC PARTITIONS      → created
 * fill TOPIC RECORDS FILE      → filled; the lines of the file in turn, over the partitions in turn
 * watch TOPIC EXPECTED         → [[ms since 1970, committed end over all partitions], …] when at least so many are committed and no more come
 * count TOPIC                  → number of committed records, number of their bytes
 * clean PREFIX                 → cleaned; all topics whose names begin with it are deleted
 * </pre>
 */
public final class Instruments {
  private static final int POLL_MS = 10;
  private static final int QUIET_MS = 1_500;

  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    try (Admin admin = Admin.create(settings)) {
      BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
      System.out.println("ready");
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.trim().split(" ");
        System.out.println(answer(words, admin, args[0]));
      }
    }
  }

  private static String answer(String[] words, Admin admin, String servers) throws Exception {
    String topic = words[1];
    switch (words[0]) {
      case "create":
        admin.createTopics(List.of(new NewTopic(topic, Integer.parseInt(words[2]), (short) 1))).all().get();
        return "created";
      case "fill":
        fill(servers, topic, partitionsOf(admin, topic), Long.parseLong(words[2]), Path.of(words[3]));
        return "filled";
      case "watch":
        return watch(admin, topic, Long.parseLong(words[2]));
      case "count":
        return count(admin, servers, topic);
      case "clean":
        admin.deleteTopics(
            admin.listTopics().names().get().stream().filter(name -> name.startsWith(topic)).collect(Collectors.toList())).all().get();
        return "cleaned";
      default:
        return "unknown " + words[0];
    }
  }

  private static int partitionsOf(Admin admin, String topic) throws Exception {
    return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
  }

  private static void fill(String servers, String topic, int partitions, long records, Path file) throws Exception {
    List<byte[]> values = Files.readAllLines(file).stream().map(String::getBytes).collect(Collectors.toList());
    Properties settings = new Properties();
    settings.put("bootstrap.servers", servers);
    settings.put("linger.ms", "20");
    settings.put("batch.size", "262144");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (long i = 0; i < records; i++)
        producer.send(new ProducerRecord<>(topic, (int) (i % partitions), null, values.get((int) (i % values.size()))));
      producer.flush();
    }
  }

  private static String watch(Admin admin, String topic, long expected) throws Exception {
    int partitions = partitionsOf(admin, topic);
    StringBuilder samples = new StringBuilder("[");
    long last = -1;
    long changedMs = System.currentTimeMillis();
    for (;;) {
      long end = endOf(admin, topic, partitions, IsolationLevel.READ_COMMITTED);
      long nowMs = System.currentTimeMillis();
      if (end != last) {
        samples.append(last < 0 ? "" : ",").append('[').append(nowMs).append(',').append(end).append(']');
        changedMs = nowMs;
        last = end;
      }
      if (end >= expected && nowMs - changedMs >= QUIET_MS
          && end == endOf(admin, topic, partitions, IsolationLevel.READ_UNCOMMITTED)) break;
      Thread.sleep(POLL_MS);
    }
    return samples.append(']').toString();
  }

  private static long endOf(Admin admin, String topic, int partitions, IsolationLevel isolation) throws Exception {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    for (int p = 0; p < partitions; p++) wanted.put(new TopicPartition(topic, p), OffsetSpec.latest());
    return admin.listOffsets(wanted, new ListOffsetsOptions(isolation)).all().get().values().stream()
        .mapToLong(ListOffsetsResultInfo::offset).sum();
  }

  private static String count(Admin admin, String servers, String topic) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", servers);
    settings.put("isolation.level", "read_committed");
    settings.put("max.poll.records", "20000");
    settings.put("fetch.min.bytes", "1");
    List<TopicPartition> all = IntStream.range(0, partitionsOf(admin, topic))
        .mapToObj(p -> new TopicPartition(topic, p)).collect(Collectors.toList());
    long records = 0;
    long bytes = 0;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        ConsumerRecords<byte[], byte[]> batch = consumer.poll(Duration.ofSeconds(1));
        for (ConsumerRecord<byte[], byte[]> record : batch) {
          records++;
          bytes += record.value().length;
        }
      }
    }
    return records + " " + bytes;
  }
}
