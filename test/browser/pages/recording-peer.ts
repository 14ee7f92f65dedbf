/** @file A peer on the same page that sends a recording over WebRTC, as a voice service does. */
import { UnwatchedAudioContext } from './watched-globals';

export type RecordingPeer = {
  /** What arrives of it. */
  stream: MediaStream;
  /** Sends the recording. */
  play(): void;
  close(): void;
};

/** @param url of the recording */
export async function recordingPeer(url: string): Promise<RecordingPeer> {
  const context = new UnwatchedAudioContext();
  const file = await fetch(url);
  const source = new AudioBufferSourceNode(context, {
    buffer: await context.decodeAudioData(await file.arrayBuffer()),
  });
  const destination = new MediaStreamAudioDestinationNode(context);
  source.connect(destination);
  const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
  sender.onicecandidate = ({ candidate }) => void receiver.addIceCandidate(candidate ?? undefined);
  receiver.onicecandidate = ({ candidate }) => void sender.addIceCandidate(candidate ?? undefined);
  const arrived = new Promise<MediaStream>((resolve) => {
    receiver.ontrack = ({ track }) => resolve(new MediaStream([track]));
  });
  for (const track of destination.stream.getTracks()) sender.addTrack(track, destination.stream);
  await sender.setLocalDescription();
  await receiver.setRemoteDescription(sender.localDescription!);
  await receiver.setLocalDescription();
  await sender.setRemoteDescription(receiver.localDescription!);
  return {
    stream: await arrived,
    play: () => source.start(),
    close: () => {
      sender.close();
      receiver.close();
      void context.close();
    },
  };
}
