const reasons: { readonly [code: string]: string } = {
  EEXIST: "it is a file, and a directory is needed. Remove that file",
  ENOTDIR: "a part of its path is a file. Remove that file",
  EACCES: "this user may not write there. Change the owner of the directory",
  EPERM: "this user may not write there. Change the owner of the directory",
  EROFS: "its file system is read-only. Mount one that can be written to",
  ENOSPC: "the disk is full. Make room"
}

/** What follows from a directory that cannot be used, why it cannot, and what to do. */
export const unusableDirectory = (meaning: string, directory: string, error: unknown): string => {
  const { code = "", message } = error as NodeJS.ErrnoException
  const reason = reasons[code] ?? `${message}. Let this user write there`
  return `${meaning}: ${directory} cannot be used, because ${reason}, or move the database (stores.sql), and start again.`
}
