/** How far a file was read, for whoever shows it: bytes of the file as it lies on the disk. */
export interface ReadPosition {
  bytes: number;
}
